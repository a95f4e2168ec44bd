"""Why a delivery is as it is, for the pages of bulletins."""

from templates.causes import in_korean as cause_in_korean

__all__ = ["cause_in_korean"]
