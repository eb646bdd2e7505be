/** The one place that says which version this is; a test holds package.json against it. */
export const version = '0.1.0';
