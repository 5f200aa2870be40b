"""A package that FW_config.yaml names, so that its Firetasks are found by their short names."""
