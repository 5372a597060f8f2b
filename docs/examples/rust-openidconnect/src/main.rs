//! A first connection with openidconnect: `ISSUER=… CLIENT_ID=… CLIENT_SECRET=… PORT=… cargo run`
//! Its redirect URI is http://localhost:PORT/callback
use std::{collections::HashMap, env::var, error::Error};

use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreGenderClaim, CoreProviderMetadata};
use openidconnect::{
    AccessToken, AdditionalClaims, AuthorizationCode, ClientId, ClientSecret, CsrfToken, IssuerUrl,
    Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken,
    Scope, TokenResponse, UserInfoClaims, reqwest,
};
use serde::{Deserialize, Serialize};
use tiny_http::{Header, Request, Response, Server};

/// What this provider says beside the standard claims.
#[derive(Debug, Deserialize, Serialize)]
struct Establishment {
    siret: Option<String>,
}
impl AdditionalClaims for Establishment {}
type Person = UserInfoClaims<Establishment, CoreGenderClaim>;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let home = format!("http://localhost:{}", var("PORT")?);
    let http = reqwest::blocking::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let metadata = CoreProviderMetadata::discover(&IssuerUrl::new(var("ISSUER")?)?, &http)?;
    let (id, secret) = (ClientId::new(var("CLIENT_ID")?), ClientSecret::new(var("CLIENT_SECRET")?));
    let client = CoreClient::from_provider_metadata(metadata, id, Some(secret))
        .set_redirect_uri(RedirectUrl::new(format!("{home}/callback"))?);
    let person = |token: &AccessToken| -> Result<String, Box<dyn Error + Send + Sync>> {
        let claims: Person = client.user_info(token.clone(), None)?.request(&http)?;
        Ok(serde_json::to_string(&claims)?)
    };

    // A real application keeps these in its sessions.
    let mut logins: HashMap<String, (PkceCodeVerifier, Nonce)> = HashMap::new();
    let mut current: Option<(AccessToken, Option<RefreshToken>)> = None;

    let server = Server::http(format!("127.0.0.1:{}", var("PORT")?))?;
    for request in server.incoming_requests() {
        let address = url::Url::parse(&format!("{home}{}", request.url()))?;
        let query: HashMap<String, String> = address.query_pairs().into_owned().collect();
        match (address.path(), &current) {
            ("/", None) => {
                let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
                let flow = CoreAuthenticationFlow::AuthorizationCode;
                let (url, state, nonce) = client
                    .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
                    .add_scopes(["profile", "email", "establishment"].map(|name| Scope::new(name.into())))
                    .set_pkce_challenge(challenge)
                    .url();
                logins.insert(state.secret().clone(), (verifier, nonce));
                redirect(request, url.as_str())?;
            }
            ("/", Some((token, _))) => show(request, person(token))?,
            ("/callback", _) => {
                let begun = query.get("state").and_then(|state| logins.remove(state));
                let (Some((verifier, nonce)), Some(code)) = (begun, query.get("code")) else {
                    show(request, Err("nobody asked for this answer".into()))?;
                    continue;
                };
                let tokens = client
                    .exchange_code(AuthorizationCode::new(code.clone()))?
                    .set_pkce_verifier(verifier)
                    .request(&http)?;
                let id_token = tokens.id_token().ok_or("no ID token")?;
                id_token.claims(&client.id_token_verifier(), &nonce)?;
                current = Some((tokens.access_token().clone(), tokens.refresh_token().cloned()));
                redirect(request, "/")?;
            }
            ("/refresh", Some((_, Some(refresh)))) => {
                let tokens = client.exchange_refresh_token(refresh)?.request(&http)?;
                show(request, person(tokens.access_token()))?;
            }
            _ => request.respond(Response::empty(404))?,
        }
    }
    Ok(())
}

fn redirect(request: Request, to: &str) -> Result<(), Box<dyn Error + Send + Sync>> {
    let location = Header::from_bytes("Location", to).map_err(|()| "no header")?;
    Ok(request.respond(Response::empty(302).with_header(location))?)
}

fn show(
    request: Request,
    answer: Result<String, Box<dyn Error + Send + Sync>>,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let (status, text) = answer.map_or_else(|error| (502, error.to_string()), |text| (200, text));
    Ok(request.respond(Response::from_string(text).with_status_code(status))?)
}
