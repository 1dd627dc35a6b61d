/** Names of topics and subscriptions. A topic is given without tenant and namespace: the broker adapter adds them. */

/** The engine's topic of a workflow, keyed by workflow id. */
export const workflowEngineTopic = (workflow: string): string => `workflow-engine:${workflow}`;

/** The topic of what is done by tag to a workflow's instances, keyed by tag. */
export const workflowTagsTopic = (workflow: string): string => `workflow-tags:${workflow}`;

/** The topic of a service's tasks. */
export const taskExecutorTopic = (service: string): string => `task-executor:${service}`;

/** The topic of everything that waits for an instant at most 15 minutes ahead. */
export const DELAYED_TOPIC = "delayed";

/** Where messages of a topic go that can never be processed. */
export const deadLetterTopic = (topic: string): string => `dlq:${topic}`;

/** The one durable subscription of every topic of this system. */
export const SUBSCRIPTION = "infinitic";
