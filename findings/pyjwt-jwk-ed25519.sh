#!/usr/bin/env bash
# Expected: `alg` of a JWK is a hint (RFC 7517 §4.4): an Ed25519 key is in the set whether its `alg` is absent, `EdDSA`, or `Ed25519`, the name that
#           RFC 9864 gives it since 2025.
# So it is: a key that says `Ed25519` is left out of the set without a word; a token by it then fails for want of a key. One that says nothing is there.
# Seen with PyJWT 2.15.0:
#           none: okp ec
#           EdDSA: okp ec
#           Ed25519: ec
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "pyjwt[crypto]==2.15.0"
found=$("$folder/venv/bin/python" - <<'PYTHON'
from jwt import PyJWKSet

# The public keys of RFC 8037 appendix A.2 and RFC 7515 appendix A.3.
okp = {"kty": "OKP", "crv": "Ed25519", "kid": "okp", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
ec = {
    "kty": "EC", "crv": "P-256", "kid": "ec", "alg": "ES256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
for alg in ("none", "EdDSA", "Ed25519"):
    key = okp if alg == "none" else {**okp, "alg": alg}
    print(f"{alg}:", *(each.key_id for each in PyJWKSet.from_dict({"keys": [key, ec]}).keys))
PYTHON
)
echo "$found"
[ "$found" = $'none: okp ec\nEdDSA: okp ec\nEd25519: ec' ]
