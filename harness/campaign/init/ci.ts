/** Recipes for continuous integration that `littlefirst init --ci` writes. */

export interface CiRecipe {
  /** Path below the project's folder. */
  path: string;
  text: (bench: string) => string;
}

/** The commands of every recipe: run, then say in the job's own summary what came out. */
const commands = (bench: string): string[] => [
  'npm ci',
  `npx littlefirst run ${JSON.stringify(bench)} --out reports/ci --fail-on inconclusive`,
];

export const ciNames = ['github', 'gitlab', 'jenkins'] as const;
export type CiName = (typeof ciNames)[number];

export const ciRecipes: Readonly<Record<CiName, CiRecipe>> = {
  github: {
    path: '.github/workflows/littlefirst.yml',
    text: bench => `name: littlefirst
on: [push, pull_request]
permissions:
  contents: read
jobs:
  energy:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 22 }
${commands(bench)
  .map(command => `      - run: ${command}`)
  .join('\n')}
      - uses: actions/upload-artifact@v4
        if: always()
        with: { name: littlefirst, path: reports/ci }
`,
  },
  gitlab: {
    path: '.gitlab-ci.yml',
    text: bench => `littlefirst:
  image: node:22
  script:
${commands(bench)
  .map(command => `    - ${command}`)
  .join('\n')}
  artifacts:
    when: always
    paths: [reports/ci]
    reports:
      junit: reports/ci/junit.xml
`,
  },
  jenkins: {
    path: 'Jenkinsfile',
    text: bench => `pipeline {
  agent any
  stages {
    stage('littlefirst') {
      steps {
${commands(bench)
  .map(command => `        sh '${command}'`)
  .join('\n')}
      }
    }
  }
  post {
    always {
      junit 'reports/ci/junit.xml'
      archiveArtifacts 'reports/ci/**'
    }
  }
}
`,
  },
};
