#!/usr/bin/env bash
# Expected: what verifies ID tokens is at hand for other tokens of the same issuer and client: with a token that has no `exp` at all, as a security
#           event token must (SSF 1.0 §4), it says that the claim is missing, or has nothing to check.
# So it is: a missing `exp` is read as the year 1, so the token "is expired" always, and no clock helps. `SkipExpiryCheck` lets it pass; signature, issuer and
#           audience are checked all the same.
# Seen with github.com/coreos/go-oidc/v3 v3.21.0:
#           as it comes: oidc: token is expired (Token Expiry: 0001-01-01 00:00:00 +0000 UTC)
#           SkipExpiryCheck: verified
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >main.go <<'GO'
package main

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

func main() {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	options := (&jose.SignerOptions{}).WithType("secevent+jwt")
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, options)
	if err != nil {
		panic(err)
	}
	claims := fmt.Sprintf(`{"iss":"https://issuer.example","aud":"client","iat":%d,"jti":"1",
		"sub_id":{"format":"iss_sub","iss":"https://issuer.example","sub":"1"},
		"events":{"https://schemas.openid.net/secevent/caep/event-type/session-revoked":{}}}`, time.Now().Unix())
	signed, err := signer.Sign([]byte(claims))
	if err != nil {
		panic(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		panic(err)
	}
	keys := &oidc.StaticKeySet{PublicKeys: []crypto.PublicKey{key.Public()}}
	for _, skip := range []bool{false, true} {
		verifier := oidc.NewVerifier("https://issuer.example", keys, &oidc.Config{ClientID: "client", SkipExpiryCheck: skip})
		_, err := verifier.Verify(context.Background(), token)
		said := "verified"
		if err != nil {
			said = err.Error()
		}
		fmt.Printf("%s: %s\n", map[bool]string{false: "as it comes", true: "SkipExpiryCheck"}[skip], said)
	}
}
GO
go mod init finding 2>/dev/null
go get github.com/coreos/go-oidc/v3@v3.21.0 github.com/go-jose/go-jose/v4@v4.1.4 2>/dev/null
go mod tidy 2>/dev/null
found=$(go run .)
echo "$found"
[ "$found" = $'as it comes: oidc: token is expired (Token Expiry: 0001-01-01 00:00:00 +0000 UTC)\nSkipExpiryCheck: verified' ]
