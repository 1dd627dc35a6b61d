curl -s localhost:3000/workflows/Holiday -X POST
