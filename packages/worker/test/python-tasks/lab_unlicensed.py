raise RuntimeError("this needs a licence")
