#!/usr/bin/env bash
# Expected: a client of go-oidc authenticates as discovery says, and an application hears what its provider answered: an expired code is `invalid_grant`.
# So it is: `provider.Endpoint()` passes nothing on of `token_endpoint_auth_methods_supported`. The first exchange of a process is a guess: HTTP Basic, and after
#           any refusal the same code once more with the secret in the body. Who uses Basic and has an expired code is therefore told `invalid_client`, by
#           the second try; who uses `client_secret_post` fails to authenticate once in each process, with a good code.
# Seen with golang.org/x/oauth2 v0.38.0 and github.com/coreos/go-oidc/v3 v3.21.0:
#           client_secret_post, good code: basic, post: tokens
#           client_secret_post, the next one: post: tokens
#           client_secret_basic, expired code: basic, post: oauth2: "invalid_client"
#           the same, AuthStyleInHeader: basic: oauth2: "invalid_grant"
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >main.go <<'GO'
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

var (
	taken string // how the client is registered
	tried []string
)

func main() {
	ctx := context.Background()
	server := provider()
	defer server.Close()
	client := func() oauth2.Config {
		discovered, err := oidc.NewProvider(ctx, server.URL)
		if err != nil {
			panic(err)
		}
		return oauth2.Config{ClientID: "client", ClientSecret: "secret", Endpoint: discovered.Endpoint()}
	}
	exchange := func(name string, config *oauth2.Config, code string) {
		tried = nil
		_, err := config.Exchange(ctx, code)
		came := "tokens"
		if err != nil {
			came = err.Error()
		}
		fmt.Printf("%s: %s: %s\n", name, strings.Join(tried, ", "), came)
	}
	taken = "post"
	one := client()
	exchange("client_secret_post, good code", &one, "good")
	exchange("client_secret_post, the next one", &one, "good")
	taken = "basic"
	two := client()
	exchange("client_secret_basic, expired code", &two, "expired")
	three := client()
	three.Endpoint.AuthStyle = oauth2.AuthStyleInHeader
	exchange("the same, AuthStyleInHeader", &three, "expired")
}

// A provider that takes the one way of authentication that its discovery names, and every code but an expired one.
func provider() *httptest.Server {
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(map[string]any{
			"issuer":                                server.URL,
			"authorization_endpoint":                server.URL + "/auth",
			"token_endpoint":                        server.URL + "/token",
			"jwks_uri":                              server.URL + "/jwks",
			"id_token_signing_alg_values_supported": []string{"RS256"},
			"token_endpoint_auth_methods_supported": []string{"client_secret_" + taken},
		})
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		way := "post"
		if _, _, basic := r.BasicAuth(); basic {
			way = "basic"
		}
		tried = append(tried, way)
		w.Header().Set("Content-Type", "application/json")
		switch {
		case way != taken:
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"error":"invalid_client"}`)
		case r.PostForm.Get("code") == "expired":
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"error":"invalid_grant"}`)
		default:
			fmt.Fprint(w, `{"access_token":"token","token_type":"Bearer"}`)
		}
	})
	return server
}
GO
go mod init finding 2>/dev/null
go get golang.org/x/oauth2@v0.38.0 github.com/coreos/go-oidc/v3@v3.21.0 2>/dev/null
go mod tidy 2>/dev/null
found=$(go run .)
echo "$found"
[ "$found" = "client_secret_post, good code: basic, post: tokens
client_secret_post, the next one: post: tokens
client_secret_basic, expired code: basic, post: oauth2: \"invalid_client\"
the same, AuthStyleInHeader: basic: oauth2: \"invalid_grant\"" ]
