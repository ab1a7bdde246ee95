import { defineConfig } from "vitest/config";

// A template takes seconds to make.
export default defineConfig({ test: { testTimeout: 60_000, hookTimeout: 60_000 } });
