// Asks a gateway by the official SDK, as its users do: node ask.js PORT [KEY] < QUESTIONS
//
// QUESTIONS is JSON, a list: each a protocol id, the name of its messages and the c2s. What is printed is one line of JSON: whether the SDK
// was let in, and for each question the reply, as the SDK's own classes write it; 64-bit numbers are texts there.

import { readFileSync, writeSync } from "node:fs";
import WebSocket from "ws";

globalThis.WebSocket = WebSocket; // which the SDK takes for granted; Node has one of its own from version 22 on
for (const name of ["log", "debug"]) console[name] = () => {}; // the SDK talks, and prints what it is given

const { default: Client } = await import("futu-api");

const [port, key = ""] = process.argv.slice(2);
const client = new Client();

const answers = async (questions) => {
  const told = [];
  for (const { proto_id, name, c2s } of questions) {
    // The way of every method of the SDK, and the only one to the protocols that it has messages for and no method.
    told.push(await client._sendCmd(proto_id, { c2s }, name).catch((refused) => refused));
  }
  return told;
};

client.onlogin = async (loggedIn, greeting) => {
  const told = loggedIn ? await answers(JSON.parse(readFileSync(0, "utf8"))) : [];
  writeSync(1, JSON.stringify({ loggedIn, error: loggedIn ? greeting.error : greeting, answers: told }) + "\n");
  process.exit(0); // without waiting for the timers that the SDK leaves behind
};

client.start("127.0.0.1", Number(port), false, key);
