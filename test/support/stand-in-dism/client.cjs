// For tests under Wine: Node, started under the name of one of these programs, hands its arguments to the stand-in over TCP.
const { connect } = require("node:net");
const { win32 } = require("node:path");
const module_ = require("node:module");

const program = win32.basename(process.execPath).toLowerCase();
if (["dism.exe", "reg.exe", "expand.exe"].includes(program)) {
  const [first = "", ...rest] = process.argv.slice(1);
  // Node takes the first argument for a script, and makes its path absolute.
  const whole = win32.isAbsolute(first) && !/^\w:[^\\]/.test(first) ? relative(first) : first;
  const words = first === "" ? rest : [whole, ...rest];
  module_.runMain = () => {
    const socket = connect(Number(process.env.SERVICING_STAND_IN_PORT), "127.0.0.1");
    socket.write([program, "0", String(words.length), ...words, ""].join("\0"));
    let text = "";
    socket.setEncoding("utf8").on("data", (more) => {
      text += more;
      const pieces = text.split("\u001e");
      text = pieces.pop();
      for (const piece of pieces)
        if (piece.startsWith("\u0004")) process.exitCode = Number(piece.slice(1)) | 0;
        else process.stdout.write(piece);
    });
  };
}

/** `Z:\Image:C:\x` was `/Image:C:\x`; `Z:\here\load` was `load`. */
function relative(path) {
  const option = /^[A-Z]:\\([A-Za-z][\w-]*(?::.*)?)$/s.exec(path);
  if (program === "dism.exe" && option !== null) return `/${option[1]}`;
  return program === "expand.exe" ? path : win32.basename(path);
}
