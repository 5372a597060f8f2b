// A first connection with zitadel/oidc: `ISSUER=… CLIENT_ID=… CLIENT_SECRET=… PORT=… go run .`
// Its redirect URI is http://localhost:PORT/callback
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"log"
	"net/http"
	"os"

	"github.com/zitadel/oidc/v3/pkg/client/rp"
	httphelper "github.com/zitadel/oidc/v3/pkg/http"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"golang.org/x/oauth2"
)

type idToken = *oidc.IDTokenClaims

// A real application keeps these in its sessions.
var (
	current *oidc.Tokens[idToken]
	person  *oidc.UserInfo
)

func main() {
	home := "http://localhost:" + os.Getenv("PORT")
	key := []byte(rand.Text()[:16])
	// This application speaks http.
	cookies := httphelper.NewCookieHandler(key, key, httphelper.WithUnsecure())
	provider, err := rp.NewRelyingPartyOIDC(context.Background(), os.Getenv("ISSUER"),
		os.Getenv("CLIENT_ID"), os.Getenv("CLIENT_SECRET"), home+"/callback",
		[]string{"openid", "profile", "email", "establishment", "offline_access"},
		rp.WithCookieHandler(cookies), rp.WithPKCE(cookies),
		// Else the first exchange is tried twice, and an expired code is told as "invalid_client".
		rp.WithAuthStyle(oauth2.AuthStyleInHeader))
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		if person == nil {
			rp.AuthURLHandler(rand.Text, provider)(w, r)
			return
		}
		_ = json.NewEncoder(w).Encode(person)
	})
	keep := func(w http.ResponseWriter, r *http.Request, tokens *oidc.Tokens[idToken], _ string,
		_ rp.RelyingParty, info *oidc.UserInfo) {
		current, person = tokens, info
		http.Redirect(w, r, "/", http.StatusFound)
	}
	http.Handle("GET /callback", rp.CodeExchangeHandler(rp.UserinfoCallback(keep), provider))
	http.HandleFunc("GET /refresh", func(w http.ResponseWriter, r *http.Request) {
		tokens, err := rp.RefreshTokens[idToken](r.Context(), provider, current.RefreshToken, "", "")
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		current = tokens
		info, err := rp.Userinfo[*oidc.UserInfo](r.Context(), tokens.AccessToken, tokens.TokenType, person.Subject, provider)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		_ = json.NewEncoder(w).Encode(info)
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}
