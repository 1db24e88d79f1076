"""Match: what is a series for?"""
