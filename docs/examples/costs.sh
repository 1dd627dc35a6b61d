npm run costs                           # measures, and prints the tables below anew
npm run costs -- --recorded             # prints those of the measurement that is kept with the code
npm run costs -- --json costs.json      # writes counts, processor times, prices and results as JSON, too
