/** How to reach the SMTP server, as nodemailer is told. */
export interface SmtpServer {
  readonly host: string;
  readonly port?: number;
  readonly secure: boolean;
  readonly auth?: { readonly user: string; readonly pass: string };
  readonly requireTLS: boolean;
  readonly ignoreTLS: boolean;
  readonly tls: { readonly rejectUnauthorized: boolean };
}

/**
 * Reads `SMTP_URL`. `smtps://` is TLS from the start; `smtp://` must upgrade by STARTTLS, for whoever stands in between
 * takes the offer out of the server's answer and reads links and passwords; `?tls=opportunistic` gives that up. On the loopback
 * interface nobody listens: there certificates are not checked (local relays have home-made ones), nor TLS used without need.
 * @throws Error when it is not such an address (the settings are checked before)
 */
export function readSmtpUrl(smtpUrl: string): SmtpServer {
  const { protocol, hostname, port, username, password, searchParams } = new URL(smtpUrl);
  if (!["smtp:", "smtps:"].includes(protocol) || hostname === "") {
    throw new Error("SMTP_URL must be an smtp:// or smtps:// address");
  }
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const loopback = /^(localhost|127(\.\d+){3}|::1)$/.test(host);
  const secure = protocol === "smtps:";
  const authenticated = username !== "" || password !== "";
  return {
    host,
    ...(port !== "" && { port: Number(port) }),
    secure,
    ...(authenticated && {
      auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
    }),
    requireTLS: !secure && !loopback && searchParams.get("tls") !== "opportunistic",
    ignoreTLS: !authenticated && loopback,
    tls: { rejectUnauthorized: !loopback },
  };
}
