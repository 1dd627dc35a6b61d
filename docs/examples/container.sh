image=123456789012.dkr.ecr.eu-west-1.amazonaws.com/infinitic-bridge:0.1.0
docker build --platform linux/arm64 --tag "$image" \
  --file node_modules/infinitic-serverless/dist/infra/bridge/Dockerfile \
  --build-arg ENTRY=node_modules/infinitic-serverless/dist/infra/bridge/container.js .
docker push "$image"
