"""The shipped rulesets: policy as YAML files, installed with the code that reads them."""
