//! Sign-in and Shared Signals with oidc-caep-risc: `ISSUER=… CLIENT_ID=… CLIENT_SECRET=… PORT=… cargo run`
//! Its redirect URI is http://localhost:PORT/callback; its client needs `client_credentials` and `ssf.manage`.
use std::collections::HashMap;
use std::env::var;
use std::error::Error;
use std::sync::{Arc, Mutex};

use oidc_caep_risc::{Event, ReceiverOptions, RelyingParty, SignalEvent, SignalsReceiver, resolve_config};
use serde_json::json;
use tiny_http::{Header, Request, Response, Server};

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let (issuer, home) = (var("ISSUER")?, format!("http://localhost:{}", var("PORT")?));
    let configuration = json!({
        "metadataUrl": format!("{issuer}/.well-known/openid-configuration"),
        "client_id": var("CLIENT_ID")?,
        "clientSecret": var("CLIENT_SECRET")?,
        "redirectUri": format!("{home}/callback"),
        "scopes": "openid profile email establishment establishments",
        "tokenEndpointAuthMethod": "client_secret_basic",
        "allowInsecure": issuer.starts_with("http:"),
    });
    // `create` takes what is resolved: without that it would send no client_id, and say nothing.
    let configuration = resolve_config(configuration.as_object().ok_or("no object")?, ".")
        .map_err(|error| error.message)?;
    let party = Arc::new(RelyingParty::create(configuration).map_err(|error| error.message)?);

    // A real application keeps these in its sessions.
    let people: Arc<Mutex<HashMap<String, String>>> = Arc::default();
    let mut begun = HashMap::new();

    let (theirs, asker) = (people.clone(), party.clone());
    let ended = move |sessions: Vec<String>, event: SignalEvent| {
        println!("ended by {}: {sessions:?}", event.event_type);
        theirs.lock().unwrap().retain(|sub, _| !sessions.contains(sub));
    };
    let options = ReceiverOptions {
        headers: Some(Arc::new(move || {
            let access = asker.client_credentials("ssf.manage");
            let token = access.map(|access| access.access_token).unwrap_or_default();
            vec![("authorization".into(), format!("Bearer {token}"))]
        })),
        // An access that was opened or closed ends the session here: the next sign-in asks anew.
        end_on: ["sessionRevoked", "tokenClaimsChange", "accountDisabled", "accountPurged"]
            .map(Event::get)
            .to_vec(),
        poll_interval_ms: 500,
        ..ReceiverOptions::default()
    };
    let receiver = SignalsReceiver::new(&issuer, Arc::new(ended), options)
        .map_err(|error| error.message)?;
    receiver.start().map_err(|error| error.message)?;

    let server = Server::http(format!("127.0.0.1:{}", var("PORT")?))?;
    for request in server.incoming_requests() {
        let address = url::Url::parse(&format!("{home}{}", request.url()))?;
        let query: HashMap<String, String> = address.query_pairs().into_owned().collect();
        match address.path() {
            "/" => {
                let person = people.lock().unwrap().values().next().cloned();
                match person {
                    Some(claims) => request.respond(Response::from_string(claims))?,
                    None => {
                        let login = party.authorize().map_err(|error| error.message)?;
                        let to = login.url.clone();
                        begun.insert(login.state.clone(), login);
                        redirect(request, &to)?;
                    }
                }
            }
            "/callback" => {
                let state = query.get("state").cloned().unwrap_or_default();
                let login = begun.remove(&state).ok_or("nobody asked for this answer")?;
                let signed_in = party.complete(&query, &login).map_err(|error| error.message)?;
                let sub = signed_in.subject;
                let claims = party.userinfo(&signed_in.access_token, &sub).map_err(|error| error.message)?;
                people.lock().unwrap().insert(sub.clone(), serde_json::to_string(&claims)?);
                let session = json!({ "local_id": sub, "person": sub, "idp_session": signed_in.sid });
                receiver.track(session.as_object().cloned().unwrap_or_default());
                redirect(request, "/")?;
            }
            _ => request.respond(Response::empty(404))?,
        }
    }
    Ok(())
}

fn redirect(request: Request, to: &str) -> Result<(), Failure> {
    let location = Header::from_bytes("Location", to).map_err(|()| "no header")?;
    Ok(request.respond(Response::empty(302).with_header(location))?)
}
