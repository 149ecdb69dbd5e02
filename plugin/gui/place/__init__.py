"""The place page: what is known of one spot or area, and where its visitors were."""
