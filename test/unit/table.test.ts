import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { Table } from "../../core/table.ts";
import { tableText, tableWidth } from "../../core/table-text.ts";

const table: Table = {
  title: "Devices",
  columns: ["device", "driver", "bytes"],
  rows: [
    ["Contoso Gigabit network card", "net.inf", "1 kB"],
    ["Contoso disk", "a-driver-of-a-long-name.inf", ""],
  ],
};

describe("a table for people", () => {
  it("has its columns aligned", () => {
    assert.equal(
      tableText({ ...table, notes: ["Two of them."] }),
      `Devices
  device                        driver                       bytes
  Contoso Gigabit network card  net.inf                      1 kB
  Contoso disk                  a-driver-of-a-long-name.inf
  Two of them.`,
    );
    assert.equal(tableText({ ...table, rows: [] }), "Devices");
  });

  it("is as wide as it may be, the longest cells cut first", () => {
    assert.equal(
      tableText(table, { width: 50 }),
      `Devices
  device               driver               bytes
  Contoso Gigabit ne…  net.inf              1 kB
  Contoso disk         a-driver-…-name.inf`,
    );
  });

  it("has a line for each cell where its columns would have to be cut to nothing", () => {
    assert.equal(
      tableText(table, { width: 32 }),
      `Devices
  device  Contoso Gigabit netwo…
  driver  net.inf
  bytes   1 kB

  device  Contoso disk
  driver  a-driver-of…g-name.inf`,
    );
  });

  it("is as wide as the terminal, and wider in a file", () => {
    assert.equal(tableWidth({ isTTY: true, columns: 80 }), 80);
    assert.equal(tableWidth({ isTTY: true }), 80);
    assert.equal(tableWidth({ columns: 80 }), 160);
  });

  it("says how many rows it leaves out", () => {
    assert.equal(
      tableText(table, { rows: 1 }).split("\n").slice(1).join("\n"),
      `  device                        driver   bytes
  Contoso Gigabit network card  net.inf  1 kB
  and 1 more`,
    );
  });

  it("lets nothing from outside steer the terminal, or break a line", () => {
    const text = tableText({
      title: "a\u001b[31mb",
      columns: ["x\ny"],
      rows: [["\u009b2J \u202etxt.exe\u0007\r\n"]],
      notes: ["n\u2028n"],
    });
    assert.equal(text, "a [31mb\n  x y\n  2J  txt.exe\n  n n");
  });

  it("keeps its width for any cells", () => {
    const cell = fc.string({ unit: "binary", maxLength: 40 });
    const made = fc.nat(6).chain((columns) =>
      fc.record({
        title: fc.constant("t"),
        columns: fc.array(cell, { minLength: columns, maxLength: columns }),
        rows: fc.array(fc.array(cell, { maxLength: 8 }), { maxLength: 8 }),
      }),
    );
    fc.assert(
      fc.property(made, fc.integer({ min: 60, max: 160 }), (one, width) => {
        const lines = tableText(one, { width, rows: 4 }).split("\n");
        assert.equal(lines.at(-1) === `  and ${one.rows.length - 4} more`, one.rows.length > 4);
        for (const line of lines) {
          assert.ok(line.length <= width, line);
          assert.ok(line.isWellFormed());
        }
      }),
    );
  });
});
