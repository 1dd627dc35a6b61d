import { apiFunction } from "infinitic-serverless";
import { Greetings, Welcome } from "./contracts.ts";

export const handler = apiFunction({ workflows: [Welcome], services: [Greetings] });
