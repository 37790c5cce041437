/** The music's HTTP API (docs/guide/music.md): each call returns the answer or throws an ApiError. */

/** `code` is the server's, `offline` where nobody answered, or `unexpected`. */
export class ApiError extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

const LIMIT_MS = 10_000;

/** @param {typeof fetch} fetch @param {<T>(answer: T) => T} [naming] What is done to each answer. */
export function createApi(fetch, naming = (answer) => answer) {
  async function ask(method, path, body) {
    const json = { "Content-Type": "application/json" };
    const sent =
      body === undefined
        ? {}
        : body instanceof FormData
          ? { body }
          : { headers: json, body: JSON.stringify(body) };
    let answer;
    try {
      answer = await fetch(`/api/v1${path}`, { method, ...sent, signal: AbortSignal.timeout(LIMIT_MS) });
    } catch {
      throw new ApiError("offline", "no answer");
    }
    return answer.ok ? naming(await contentOf(answer)) : Promise.reject(await refusal(answer));
  }

  return {
    get: (path) => ask("GET", path),
    post: (path, body) => ask("POST", path, body),
    patch: (path, body) => ask("PATCH", path, body),
    put: (path, body) => ask("PUT", path, body),
    remove: (path) => ask("DELETE", path),
  };
}

async function contentOf(answer) {
  return answer.status === 204 ? null : answer.json();
}

async function refusal(answer) {
  try {
    const { code, detail, title, errors } = await answer.json();
    const places = (errors ?? []).map(({ detail: text }) => text).filter(Boolean);
    return new ApiError(code ?? "unexpected", places[0] ?? detail ?? title ?? String(answer.status));
  } catch {
    return new ApiError("unexpected", String(answer.status));
  }
}
