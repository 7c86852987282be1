export default { spec: ["test/**/*.test.ts"] };
