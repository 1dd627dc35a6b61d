import { expect } from "vitest";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { serviceOf } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { newWorkflow } from "../../lib/workflow/workflow-stub.ts";
import { scenariosWith } from "./scenario.ts";
import { Texts } from "./texts.ts";

type Shape =
  | { readonly kind: "circle"; readonly radius: number }
  | { readonly kind: "square"; readonly side: number };

interface Named {
  nameOf(shape: string): Promise<string>;
}
interface Shapes extends Named {
  draw(kind: string): Promise<Shape>;
}
const Shapes = defineService<Shapes>("shape-maker");

abstract class Naming implements Named {
  async nameOf(shape: string): Promise<string> {
    return `a ${shape}`;
  }
}
class Drawing extends Naming implements Shapes {
  async draw(kind: string): Promise<Shape> {
    return kind === "circle" ? { kind: "circle", radius: 3 } : { kind: "square", side: 2 };
  }
}

interface Greeting {
  hello(): Promise<string>;
}
interface Syntax extends Greeting {
  run(): Promise<string>;
  inherited(): Promise<string>;
  child(): Promise<string>;
  variant(kind: string): Promise<Shape>;
}
const Syntax = defineWorkflow<Syntax>("syntax_under-test");

abstract class Polite extends Workflow implements Greeting {
  async hello(): Promise<string> {
    return "hello";
  }
}
class SyntaxV1 extends Polite implements Syntax {
  #texts = newService(Texts);
  #shapes = newService(Shapes);
  #syntax = newWorkflow(Syntax);

  async run(): Promise<string> {
    const a = await this.#texts.concat("", "a");
    const ab = await this.#texts.concat(a, "b");
    return this.#texts.concat(ab, "c");
  }

  async inherited(): Promise<string> {
    return this.#shapes.nameOf("circle");
  }

  async child(): Promise<string> {
    return `child says ${await this.#syntax.hello()}`;
  }

  async variant(kind: string): Promise<Shape> {
    return this.#shapes.draw(kind);
  }
}

const scenario = scenariosWith({
  workflows: [workflowOf(Syntax, SyntaxV1)],
  services: () => [serviceOf(Shapes, new Drawing())],
});

scenario("SYN-01 † a workflow with no task returns its value", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Syntax).hello())).toBe("hello");
});

scenario(
  "SYN-02 a method inherited from a parent class or interface of a service runs as a task",
  async ({ client, until }) => {
    expect(await until(client.newWorkflow(Syntax).inherited())).toBe("a circle");
  },
);

scenario(
  "SYN-03 a method inherited by a child workflow's class runs when called from a parent",
  async ({ client, until }) => {
    expect(await until(client.newWorkflow(Syntax).child())).toBe("child says hello");
  },
);

scenario(
  "SYN-04 wire names differ from class names: three chained concats give abc",
  async ({ client, until }) => {
    const flow = await client.newWorkflow(Syntax).dispatch.run();
    expect(flow.workflow).toBe("syntax_under-test");
    expect(await until(flow.result())).toBe("abc");
  },
);

scenario(
  "SYN-05 a task returns one variant of a discriminated union; the caller gets it with its tag",
  async ({ client, until }) => {
    const shape = await until(client.newWorkflow(Syntax).variant("circle"));
    expect(shape).toEqual({ kind: "circle", radius: 3 });
    if (shape.kind === "circle") expect(shape.radius).toBe(3);
  },
);
