# openidconnect (Rust)
cp -r "$(dirname "$0")/../examples/rust-openidconnect/." "$FOLDER"
cd "$FOLDER"
cargo build --quiet
sed -n 's/^openidconnect = .*"=\([0-9.]*\)".*/\1/p' Cargo.toml >version
exec target/debug/relying-party
