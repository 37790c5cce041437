export default {
  extends: ["stylelint-config-standard"],
  rules: {
    // Safari on the iPhone still needs -webkit-text-size-adjust and its kin.
    "property-no-vendor-prefix": null,
    "value-no-vendor-prefix": null,
    // Rules stand beside the part of the page that they are about, not in the order of their specificity.
    "no-descending-specificity": null,
    "number-max-precision": null,
    // tests/js/shared/contrast.test.js reads six digits.
    "color-hex-length": "long",
  },
};
