"""Meta: an artist's Facebook Page and its Instagram account, and the partnership with the operator's business."""
