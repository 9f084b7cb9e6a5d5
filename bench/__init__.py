"""`make bench`: the speed of the main pages, beside two reference pages of the same server in the same run."""
