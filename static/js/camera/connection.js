/** The socket to the server. */

import { io } from "../../vendor/socket.io.esm.min.js";
import { createChannel } from "./channel.js";

/** @param {{onLink: (link: "up" | "down") => void}} handlers */
export function connect({ onLink }) {
  const socket = io("/live", {
    transports: ["websocket", "polling"],
    tryAllTransports: true, // a network that blocks websockets gets slow labels instead of none
    reconnectionDelay: 300,
    reconnectionDelayMax: 2000,
  });
  return createChannel(socket, { onLink, now: () => performance.now() });
}
