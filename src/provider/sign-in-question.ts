import type { Question } from "./interactions.ts";
import { type SignInAnswerParts, answerByPasskey, answerByPassword } from "./sign-in-answers.ts";
import { showSignIn } from "./sign-in-page.ts";
import { formFields, seeOther } from "../web/index.ts";

/** Signing in, also when another account is asked for. */
export function signInQuestion(parts: SignInAnswerParts): Question {
  return {
    show: (ctx, state) =>
      showSignIn(
        ctx,
        state,
        parts,
        200,
        { email: state.journey.loginHint, shared_computer: "" },
        [],
      ),
    answer: (ctx, state) =>
      // A passkey takes no place among the passwords that wait to be hashed.
      formFields(ctx.request.body, ["credential"]).credential === ""
        ? parts.passwords.admitted((place) => answerByPassword(ctx, state, parts, place))
        : answerByPasskey(ctx, state, parts),
  };
}

/** Signing up when the relying party asks for it (`prompt=create`); its own link leads to signing in. */
export function createQuestion(signIn: Question): Question {
  return {
    show: async (ctx, state) => {
      if (ctx.query["page"] === "sign-in") return signIn.show(ctx, state);
      seeOther(ctx, `${state.journey.base}/signup`);
    },
    answer: signIn.answer,
  };
}
