// What the browser half promises: `npm run check`, which `make check` calls.
import js from "@eslint/js";
import importX from "eslint-plugin-import-x";
import globals from "globals";

/** A page's room imports `shared` and `camera`, never the room of another page. */
const ROOMS = ["live", "photos", "music"];
const zones = [
  ...ROOMS.map((room) => ({
    target: `./static/js/${room}`,
    from: ROOMS.filter((other) => other !== room).map((other) => `./static/js/${other}`),
    message: "A page's room imports shared/ and camera/ alone.",
  })),
  {
    target: "./static/js/camera",
    from: ROOMS.map((room) => `./static/js/${room}`),
    message: "camera/ serves the pages and knows none of them.",
  },
  {
    target: "./static/js/shared",
    from: [...ROOMS, "camera"].map((room) => `./static/js/${room}`),
    message: "shared/ imports shared/ alone.",
  },
];

export default [
  { ignores: ["static/vendor/**", "node_modules/**", ".venv*/**"] },
  js.configs.recommended,
  {
    files: ["static/js/**/*.js"],
    languageOptions: { globals: globals.browser },
    plugins: { "import-x": importX },
    rules: {
      "import-x/no-cycle": "error",
      "import-x/no-restricted-paths": ["error", { zones }],
      "max-lines-per-function": ["error", { max: 60, skipBlankLines: true, skipComments: true }],
      // Data never becomes markup.
      "no-restricted-properties": [
        "error",
        ...["innerHTML", "outerHTML", "insertAdjacentHTML"].map((property) => ({
          property,
          message: "Use textContent and elements: data must never become markup.",
        })),
      ],
    },
  },
  { files: ["tests/js/**/*.js", "*.config.js"], languageOptions: { globals: globals.node } },
  {
    rules: {
      eqeqeq: "error",
      "max-len": ["error", { code: 120, ignoreUrls: true }],
      "no-var": "error",
      "prefer-const": "error",
    },
  },
];
