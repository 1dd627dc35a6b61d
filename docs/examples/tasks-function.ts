import { tasksFunction } from "infinitic-serverless";

export const handler = tasksFunction();
