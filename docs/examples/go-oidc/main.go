// A first connection with go-oidc: `ISSUER=… CLIENT_ID=… CLIENT_SECRET=… PORT=… go run .`
// Its redirect URI is http://localhost:PORT/callback
package main

import (
	"context"
	"encoding/json"
	"log"
	"net/http"
	"os"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

type started struct{ verifier, nonce string }

// A real application keeps these in its sessions.
var (
	logins  sync.Map // state → started
	current *oauth2.Token
)

func main() {
	ctx := context.Background()
	home := "http://localhost:" + os.Getenv("PORT")
	provider, err := oidc.NewProvider(ctx, os.Getenv("ISSUER"))
	if err != nil {
		log.Fatal(err)
	}
	clientID := os.Getenv("CLIENT_ID")
	endpoint := provider.Endpoint()
	// Else the first exchange is tried twice, and an expired code is told as "invalid_client".
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	config := oauth2.Config{
		ClientID:     clientID,
		ClientSecret: os.Getenv("CLIENT_SECRET"),
		Endpoint:     endpoint,
		RedirectURL:  home + "/callback",
		Scopes:       []string{oidc.ScopeOpenID, "profile", "email", "establishment"},
	}
	verifier := provider.Verifier(&oidc.Config{ClientID: clientID})

	http.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		if current == nil {
			state, begun := oauth2.GenerateVerifier(), started{oauth2.GenerateVerifier(), oauth2.GenerateVerifier()}
			logins.Store(state, begun)
			address := config.AuthCodeURL(state, oidc.Nonce(begun.nonce), oauth2.S256ChallengeOption(begun.verifier))
			http.Redirect(w, r, address, http.StatusFound)
			return
		}
		person, err := provider.UserInfo(r.Context(), oauth2.StaticTokenSource(current))
		show(w, person, err)
	})
	http.HandleFunc("GET /callback", func(w http.ResponseWriter, r *http.Request) {
		kept, known := logins.LoadAndDelete(r.FormValue("state"))
		if !known {
			http.Error(w, r.URL.RawQuery, http.StatusBadRequest)
			return
		}
		begun := kept.(started)
		token, err := config.Exchange(r.Context(), r.FormValue("code"), oauth2.VerifierOption(begun.verifier))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		raw, _ := token.Extra("id_token").(string)
		id, err := verifier.Verify(r.Context(), raw)
		if err != nil || id.Nonce != begun.nonce {
			http.Error(w, "the ID token is not good", http.StatusBadGateway)
			return
		}
		current = token
		http.Redirect(w, r, "/", http.StatusFound)
	})
	http.HandleFunc("GET /refresh", func(w http.ResponseWriter, r *http.Request) {
		// Without an access token the source asks for another.
		token, err := config.TokenSource(r.Context(), &oauth2.Token{RefreshToken: current.RefreshToken}).Token()
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		current = token
		person, err := provider.UserInfo(r.Context(), oauth2.StaticTokenSource(token))
		show(w, person, err)
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}

func show(w http.ResponseWriter, person *oidc.UserInfo, err error) {
	var claims map[string]any
	if err == nil {
		err = person.Claims(&claims)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	_ = json.NewEncoder(w).Encode(claims)
}
