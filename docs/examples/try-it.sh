npm ci && npm test     # every test; with Java and Maven also on a real Pulsar and DynamoDB Local
npm ci && npm start    # the booking sample on this machine, API on http://localhost:3000
