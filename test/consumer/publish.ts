/** Sends a message through Pulsar's WebSocket service: `node publish.ts <Pulsar's address> <topic> <key> <JSON>`. */
const [address = "", topic = "", key = "", json = ""] = process.argv.slice(2);

const url = `${address.replace("http", "ws")}/ws/v2/producer/persistent/public/default/${topic}`;
const socket = new WebSocket(url);
socket.onopen = () => socket.send(JSON.stringify({ payload: Buffer.from(json).toString("base64"), key }));
socket.onerror = () => console.error(`expected a producer on ${url}, got none`);
socket.onmessage = ({ data }) => {
  console.log(data); // the broker's receipt
  socket.close();
};
