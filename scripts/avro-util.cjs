// The few functions of node's `util` that avsc uses, for the browser.
"use strict";

exports.format = (text, ...values) =>
  text.replace(/%[djs]/g, (sign) => {
    const value = values.shift();
    return sign === "%j" ? JSON.stringify(value) : String(value);
  });
exports.inherits = (child, parent) => {
  Object.setPrototypeOf(child, parent);
  Object.setPrototypeOf(child.prototype, parent.prototype);
};
exports.debuglog = () => () => {};
exports.deprecate = (method) => method;
