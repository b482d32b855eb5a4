// Cooperates until the other has defected once: folk run ... --agents "process:node grudger.js,random"
const readline = require("node:readline");

let facts = {};

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const message = JSON.parse(line);
  if (message.type === "hello") facts = message.facts;
  if (message.type !== "ask") return;
  const [cooperate, defect] = facts.actions;
  const betrayed = message.observation.other.includes(facts.other_actions[1]);
  const action = "aside" in message ? message.aside : betrayed ? defect : cooperate;
  process.stdout.write(JSON.stringify({ id: message.id, action }) + "\n");
});
