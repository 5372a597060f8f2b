import { defineConfig } from "eslint/config";
import eslint from "@eslint/js";
import jsdoc from "eslint-plugin-jsdoc";
import tseslint from "typescript-eslint";

const root = new URL("..", import.meta.url).pathname;

export default defineConfig(
  { ignores: ["node_modules/", "var/", "coverage/"] },
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: root } },
    rules: {
      // An un-awaited knex query silently never runs: thenables count as promises.
      "@typescript-eslint/no-floating-promises": ["error", { checkThenables: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "no-restricted-exports": ["error", { restrictDefaultExports: { direct: true } }],
      eqeqeq: "error",
    },
  },
  {
    files: ["src/**/*.ts"],
    ignores: ["src/portal/**"],
    plugins: { jsdoc },
    rules: {
      "jsdoc/require-jsdoc": [
        "error",
        {
          publicOnly: true,
          require: { ClassDeclaration: true, FunctionDeclaration: true, MethodDefinition: false },
          contexts: ["TSInterfaceDeclaration", "TSTypeAliasDeclaration"],
        },
      ],
      "jsdoc/check-tag-names": "error",
    },
  },
  {
    // A function is one idea, read without scrolling: blank lines and comments count, composition is no exception.
    files: ["src/**/*.ts"],
    rules: {
      "max-lines-per-function": ["error", { max: 40, IIFEs: true }],
      complexity: ["error", 12],
    },
  },
  {
    // Clock, chance and the environment each stand in one file (house rule 6).
    files: ["src/**/*.ts"],
    ignores: [
      "src/foundation/clock.ts",
      "src/foundation/random.ts",
      "src/portal/**",
      "src/accounts/hashing-worker.ts",
    ],
    rules: {
      "no-restricted-syntax": [
        "error",
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: "Ask the clock.",
        },
        {
          selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
          message: "Ask the clock.",
        },
        {
          selector: "CallExpression[callee.name=/^random(Bytes|UUID|Int)$/]",
          message: "Ask foundation/random.",
        },
      ],
    },
  },
);
