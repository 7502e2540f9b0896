//! Server-rendered pages for people, admins and staff.
