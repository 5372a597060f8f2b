# go-oidc (Go)
cp "$(dirname "$0")/../examples/go-oidc/main.go" "$FOLDER"
cd "$FOLDER"
[ -f go.mod ] || go mod init relying-party 2>/dev/null
go get github.com/coreos/go-oidc/v3@v3.21.0 golang.org/x/oauth2@v0.38.0 2>/dev/null
go mod tidy 2>/dev/null
go build -o relying-party .
echo "3.21.0, oauth2 0.38.0" >version
exec ./relying-party
