export default {
  spec: ["test/{unit,golden,contract,e2e}/**/*.test.ts"],
  "node-option": ["conditions=@servicing/source"],
  timeout: 120_000,
};
