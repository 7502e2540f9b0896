//! JSON APIs for people, admins, staff and the platform's facts.
