/** A module, as the bundler knows it. */
interface Imports {
  importedIds: readonly string[];
}

/** What the bundler tells about modules. */
interface Graph {
  getModuleInfo: (id: string) => Imports | null;
}

/** A file, and the modules in it. The bundler asks the file with the highest priority first. */
interface Group {
  name: (id: string, graph: Graph) => string | null;
  priority: number;
}

/**
 * The steps in which a person gets to the list of API keys: the script that loads the page, the home page, what the home
 * page tells an administrator about keys, the Company Dashboard, and what this list has in common with other lists. What a
 * step needs that no step before needed is one file. As many small files it would take more bytes, because the headers of
 * each file take one kilobyte.
 */
const STEPS = [
  { step: "main", entry: "/src/main.ts" },
  { step: "start", entry: "/src/start.tsx" },
  { step: "attention", entry: "/src/home/attention-rows.tsx" },
  { step: "dashboard", entry: "/src/shell/translated-dashboard.tsx" },
  { step: "list", entry: "/src/api-keys/page.tsx" },
] as const;

/** The code of single places stays in files of their own, apart from what the home page needs of it. */
const OF_ONE_PLACE = "/src/api-keys/";

/** The file of each step. The bundler divides all other modules. */
export function groupsOfSteps(root: string): Group[] {
  return STEPS.map(({ step, entry }, i) => {
    let needed: Set<string> | undefined;
    return {
      priority: STEPS.length - i,
      name: (id, graph) => {
        needed ??= neededBy(`${root}${entry}`, graph);
        const isOfStep = step === "attention" || !id.includes(OF_ONE_PLACE);
        return needed.has(id) && isOfStep ? step : null;
      },
    };
  });
}

/** The modules that a module imports at once, directly or not. */
function neededBy(entry: string, graph: Graph): Set<string> {
  const needed = new Set<string>();
  const waiting = [entry];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (needed.has(id)) continue;
    needed.add(id);
    waiting.push(...(graph.getModuleInfo(id)?.importedIds ?? []));
  }
  return needed;
}
