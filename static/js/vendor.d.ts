/** Libraries that a page loads as classic scripts from static/vendor. */
interface Window {
  uPlot: typeof import("uplot");
  SwaggerUIBundle: (options: Record<string, unknown>) => unknown;
}
