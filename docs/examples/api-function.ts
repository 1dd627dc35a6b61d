import { apiFunction } from "infinitic-serverless";
import { OrderFlow, Payments } from "./orders/contracts.ts";

export const handler = apiFunction({ workflows: [OrderFlow], services: [Payments] });
