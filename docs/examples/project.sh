npm install        # the package, and what packages and runs functions
npm start          # everything on this machine, API on http://localhost:3000
npm run package    # what a deployment takes to AWS
