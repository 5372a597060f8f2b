/** The least that Koa can answer: the measure of the published documents. Run as a process. */
import Koa from "koa";

const app = new Koa();
app.use((ctx) => {
  ctx.body = "Hello World";
});
app.listen(Number(process.argv[2]), "127.0.0.1", () => process.send?.({ ready: true }));
