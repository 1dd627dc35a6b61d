npm run package            # every function's bundle with its size, and the stack's template, checked
npm run deploy:emulator    # deploys to an emulator of AWS, deploys again, removes
npx serverless deploy      # looks after the topics, then deploys to AWS
