# zitadel/oidc (Go)
cp "$(dirname "$0")/../examples/zitadel-oidc/main.go" "$FOLDER"
cd "$FOLDER"
[ -f go.mod ] || go mod init relying-party 2>/dev/null
go get github.com/zitadel/oidc/v3@v3.52.0 2>/dev/null
go mod tidy 2>/dev/null
go build -o relying-party .
echo "3.52.0" >version
exec ./relying-party
