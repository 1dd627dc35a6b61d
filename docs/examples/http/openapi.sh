curl -s localhost:3000/openapi.json
